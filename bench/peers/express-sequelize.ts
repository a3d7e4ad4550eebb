import { DataTypes, literal, Op, Sequelize } from 'sequelize';
import { serveWithdrawals } from './serve-withdrawals.ts';

serveWithdrawals((databaseUrl, tableName) => {
  const sequelize = new Sequelize(databaseUrl, { logging: false, pool: { max: 10 } });
  const User = sequelize.define(
    'User',
    {
      id: { type: DataTypes.BIGINT, primaryKey: true },
      balance: DataTypes.BIGINT,
    },
    { tableName, timestamps: false },
  );
  return {
    async withdraw(userId, amount) {
      const [, [user]] = await User.update(
        { balance: literal(`balance - ${amount}`) },
        { where: { id: userId, balance: { [Op.gte]: amount } }, returning: true },
      );
      return user === undefined ? null : Number(user.get('balance'));
    },
    async read(userId) {
      const user = await User.findByPk(userId);
      return user === null ? null : Number(user.get('balance'));
    },
  };
});
